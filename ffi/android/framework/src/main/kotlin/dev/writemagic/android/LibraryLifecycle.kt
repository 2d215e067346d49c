package dev.writemagic.android

import android.app.Activity
import android.app.Application
import android.content.ComponentCallbacks2
import android.content.res.Configuration
import android.os.Bundle
import android.util.Log
import dev.writemagic.Library
import dev.writemagic.WriteMagicException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.launch
import java.util.Collections
import java.util.IdentityHashMap

/**
 * Keeps a library in step with the app's life, from its making until it is closed.
 *
 * - When the last activity has stopped the library is [suspended][Library.suspend]: everything is saved, its lock is
 *   released and its files are closed, before the system may freeze or end the process. Sessions stay open, and keep in
 *   memory what is typed.
 * - When an activity starts again the library is [resumed][Library.resume]. Calls that come before that fail with
 *   `library_suspended`. An activity that is made anew, as when the device is turned, is no stop.
 * - When the system asks for memory the library [gives back][Library.releaseMemory] what it holds for speed alone.
 *
 * Make it, and close it, on the main thread: in `Application.onCreate`, or when the library was opened. It does nothing
 * there that touches the disk or waits. An app that works on while nobody looks, in a foreground service, does without.
 *
 * @param onFailure is told, on a thread of its own, where the library could not be suspended or resumed: when the next
 * activity starts, or the last one stops, that is tried again. By default the code is logged.
 */
public class LibraryLifecycle(
    private val application: Application,
    private val library: Library,
    private val onFailure: (WriteMagicException) -> Unit = ::log,
) : AutoCloseable {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val foreground = MutableStateFlow(true)

    /** What to do next: one turn at a time, and none that another has overtaken. */
    private val turns = Channel<Boolean>(Channel.CONFLATED)
    private val callbacks = Callbacks()

    /** Whether an activity is started, or none has been yet. */
    internal val isForeground: StateFlow<Boolean> = foreground

    init {
        application.registerActivityLifecycleCallbacks(callbacks)
        application.registerComponentCallbacks(callbacks)
        scope.launch {
            for (toForeground in turns) turn { if (toForeground) library.resume() else library.suspend() }
        }
    }

    private suspend fun turn(turn: suspend () -> Unit) {
        try {
            turn()
        } catch (_: WriteMagicException.InvalidObject) {
            // The library was closed meanwhile.
        } catch (failed: WriteMagicException) {
            onFailure(failed)
        }
    }

    private fun releaseMemory() {
        scope.launch { turn { library.releaseMemory() } }
    }

    /** Lets the library be: it stays as it is. Closing again does nothing. */
    override fun close() {
        application.unregisterActivityLifecycleCallbacks(callbacks)
        application.unregisterComponentCallbacks(callbacks)
        scope.cancel()
    }

    private inner class Callbacks :
        Application.ActivityLifecycleCallbacks,
        ComponentCallbacks2 {
        /** Those that were seen to start, until they stop. */
        private val started: MutableSet<Activity> = Collections.newSetFromMap(IdentityHashMap())

        override fun onActivityStarted(activity: Activity) {
            started += activity
            go(true)
        }

        override fun onActivityStopped(activity: Activity) {
            started -= activity
            if (started.isEmpty() && !activity.isChangingConfigurations) go(false)
        }

        private fun go(toForeground: Boolean) {
            foreground.value = toForeground
            turns.trySend(toForeground)
        }

        override fun onTrimMemory(level: Int): Unit = releaseMemory()

        @Deprecated("As its interface has it.")
        override fun onLowMemory(): Unit = releaseMemory()

        override fun onConfigurationChanged(configuration: Configuration): Unit = Unit

        override fun onActivityCreated(
            activity: Activity,
            state: Bundle?,
        ): Unit = Unit

        override fun onActivityResumed(activity: Activity): Unit = Unit

        override fun onActivityPaused(activity: Activity): Unit = Unit

        override fun onActivitySaveInstanceState(
            activity: Activity,
            state: Bundle,
        ): Unit = Unit

        override fun onActivityDestroyed(activity: Activity): Unit = Unit
    }
}

private fun log(failed: WriteMagicException) {
    Log.w("writemagic", "the library did not follow the app's life: error ${failed.number}")
}
