package dev.writemagic.benches;

/** What the JVM itself takes for a call into native code. */
final class Floor {
    static {
        System.loadLibrary("writemagic_peer");
    }

    private Floor() {}

    /** Nothing, without any guard. */
    static native void empty();
}
