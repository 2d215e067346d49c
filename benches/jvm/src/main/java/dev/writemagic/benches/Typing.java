package dev.writemagic.benches;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Text that is typed and pasted into a document of 100 kB, in bursts; the wait for the disk behind each is not measured. */
public class Typing {
    /** Calls between two waits. */
    private static final int BURST = 256;
    /** Where it begins, in UTF-16 units. */
    private static final long START = 1_000;

    @State(Scope.Thread)
    public static class Editor {
        @Param({"uniffi", "writemagic"})
        public String side;

        private final String document = Notes.document();
        private Side calls;
        private int made;
        private long at;

        @Setup
        public void open() {
            calls = Side.of(side);
        }

        /** A document of its own for each iteration: none grows without end. */
        @Setup(Level.Iteration)
        public void begin() {
            calls.begin(document);
            made = 0;
            at = START;
        }

        @Setup(Level.Invocation)
        public void pause() {
            if (made++ % BURST == 0) {
                calls.flush();
            }
        }

        @TearDown(Level.Iteration)
        public void end() {
            calls.end(document.length() + at - START);
        }

        @TearDown
        public void close() {
            calls.close();
        }

        private long insert(String text) {
            long ticket = calls.splice(at, text);
            at += text.length();
            return ticket;
        }
    }

    private static final String SENTENCE = Notes.document().substring(0, 100);

    /** One character. */
    @Benchmark
    public long character(Editor editor) {
        return editor.insert("x");
    }

    /** 100 UTF-16 units. */
    @Benchmark
    public long sentence(Editor editor) {
        return editor.insert(SENTENCE);
    }
}
