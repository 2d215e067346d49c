package dev.writemagic.benches;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A search of some hundred notes by words, from a coroutine. */
public class Searches {
    private static final int NOTES = 300;
    private static final int HITS = 20;

    @State(Scope.Thread)
    public static class Library {
        @Param({"uniffi", "writemagic"})
        public String side;

        private Side calls;

        @Setup
        public void fill() {
            calls = Side.of(side);
            for (int number = 0; number < NOTES; number++) {
                calls.create("Note " + number, Notes.note(number));
            }
            if (calls.search(Notes.WORD, HITS) != HITS) {
                throw new IllegalStateException("fewer hits than were asked for");
            }
        }

        @TearDown
        public void close() {
            calls.close();
        }
    }

    /** The 20 best of many hits, with snippets and ranges. */
    @Benchmark
    public int search(Library library) {
        return library.calls.search(Notes.WORD, HITS);
    }
}
