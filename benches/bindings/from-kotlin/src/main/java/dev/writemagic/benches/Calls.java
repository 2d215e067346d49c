package dev.writemagic.benches;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Calls that do next to nothing. */
public class Calls {
    @State(Scope.Thread)
    public static class Session {
        @Param({"uniffi", "writemagic"})
        public String side;

        private Side calls;

        @Setup
        public void open() {
            calls = Side.of(side);
            calls.begin("A few words.");
        }

        @TearDown
        public void close() {
            calls.close();
        }
    }

    /** A function without arguments. */
    @Benchmark
    public long empty(Session session) {
        return session.calls.empty();
    }

    /** An object that is asked for nothing. */
    @Benchmark
    public void checked(Session session) {
        session.calls.checked();
    }

    /** An object that is asked for a number of the engine's. */
    @Benchmark
    public long number(Session session) {
        return session.calls.pending();
    }
}
