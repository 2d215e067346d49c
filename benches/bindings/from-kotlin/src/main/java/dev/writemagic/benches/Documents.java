package dev.writemagic.benches;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A whole document of 100 kB as bytes of UTF-8; the wait for the disk behind a burst of them is not measured. */
public class Documents {
    /** Texts that are put in between two waits. */
    private static final int BURST = 16;

    @State(Scope.Thread)
    public static class Editor {
        @Param({"uniffi", "writemagic"})
        public String side;

        private final String document = Notes.document();
        private final byte[] array = document.getBytes(StandardCharsets.UTF_8);
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(array.length);
        private Side calls;
        private int put;

        @Setup
        public void open() {
            calls = Side.of(side);
            buffer.put(array);
        }

        /** A document of its own for each iteration: no history grows without end. */
        @Setup(Level.Iteration)
        public void begin() {
            calls.begin(document);
            put = 0;
        }

        @Setup(Level.Invocation)
        public void pause() {
            if (put == BURST) {
                put = 0;
                calls.flush();
            }
            buffer.rewind();
        }

        @TearDown(Level.Iteration)
        public void end() {
            calls.end(document.length());
        }

        @TearDown
        public void close() {
            calls.close();
        }
    }

    /** All counts of a text that does not change. */
    @Benchmark
    public long counts(Editor editor) {
        return editor.calls.words();
    }

    /** The text of an open session. */
    @Benchmark
    public byte[] out(Editor editor) {
        return editor.calls.text();
    }

    /** A text in place of all that is there, as an array. */
    @Benchmark
    public long in(Editor editor) {
        editor.put++;
        return editor.calls.replace(editor.document.length(), editor.array);
    }

    /** A text in place of all that is there, as a direct buffer. */
    @Benchmark
    public long inBuffer(Editor editor) {
        editor.put++;
        return editor.calls.replace(editor.document.length(), editor.buffer);
    }
}
