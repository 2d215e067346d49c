package dev.writemagic.sample;

import android.app.Activity;
import android.app.Instrumentation;
import android.os.Bundle;

/** Sends the shrunken app on its journey, on a device. In Java and without libraries: the app's are shrunken, too. */
public final class SmokeTest extends Instrumentation {
    private static final String EXPECTED =
            "1 May. Dear diary \uD83D\uDE00, a storm at sea. Found: 1, by meaning: true, elsewhere: library_not_found.";

    @Override
    public void onCreate(Bundle arguments) {
        super.onCreate(arguments);
        start();
    }

    @Override
    public void onStart() {
        Bundle result = new Bundle();
        boolean passed = false;
        try {
            String seen = Journey.run(getTargetContext());
            passed = EXPECTED.equals(seen);
            result.putString("seen", seen);
        } catch (Throwable thrown) {
            result.putString("thrown", android.util.Log.getStackTraceString(thrown));
        }
        result.putString("smoke-test", passed ? "passed" : "FAILED");
        finish(passed ? Activity.RESULT_OK : Activity.RESULT_CANCELED, result);
    }
}
