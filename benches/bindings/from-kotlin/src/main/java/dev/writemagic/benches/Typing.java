package dev.writemagic.benches;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Text that takes the place of as much in a document of 100 kB, in bursts; the wait for the disk behind each is not measured. The
 * document stays as long as it is: else it would grow with the side that is quicker.
 */
public class Typing {
    /** Calls between two waits. */
    private static final int BURST = 256;

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
            at = 0;
        }

        @Setup(Level.Invocation)
        public void pause() {
            if (made++ % BURST == 0) {
                calls.flush();
            }
        }

        @TearDown(Level.Iteration)
        public void end() {
            calls.end(document.length());
        }

        @TearDown
        public void close() {
            calls.close();
        }

        private long write(String text) {
            if (at + text.length() > document.length()) {
                at = 0;
            }
            long ticket = calls.splice(at, text.length(), text);
            at += text.length();
            return ticket;
        }
    }

    private static final String SENTENCE = Notes.document().substring(0, 100);

    /** One character. */
    @Benchmark
    public long character(Editor editor) {
        return editor.write("x");
    }

    /** 100 UTF-16 units. */
    @Benchmark
    public long sentence(Editor editor) {
        return editor.write(SENTENCE);
    }
}
