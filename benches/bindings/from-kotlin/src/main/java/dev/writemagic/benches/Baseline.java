package dev.writemagic.benches;

import org.openjdk.jmh.annotations.Benchmark;

/** What is in every figure, and what no call can be quicker than. */
public class Baseline {
    /** Nothing: the reading of the clock. */
    @Benchmark
    public void clock() {}

    /** An empty native method. */
    @Benchmark
    public void floor() {
        Floor.empty();
    }
}
