package dev.writemagic.android

import android.app.Activity
import android.app.Application
import android.content.ComponentCallbacks
import android.content.ComponentCallbacks2
import android.content.Context
import dev.writemagic.ErrorCode
import dev.writemagic.Library
import dev.writemagic.LogLevel
import dev.writemagic.NewDocument
import dev.writemagic.OpenOptions
import dev.writemagic.WriteMagic
import dev.writemagic.WriteMagicException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.IOException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes

/** An app that says what of ours is registered with it. */
class Recording : Application() {
    val ours = mutableSetOf<Any>()

    override fun registerComponentCallbacks(callback: ComponentCallbacks) {
        super.registerComponentCallbacks(callback)
        if ("writemagic" in callback.javaClass.name) ours += callback to "components"
    }

    override fun unregisterComponentCallbacks(callback: ComponentCallbacks) {
        super.unregisterComponentCallbacks(callback)
        ours -= callback to "components"
    }

    override fun registerActivityLifecycleCallbacks(callback: ActivityLifecycleCallbacks) {
        super.registerActivityLifecycleCallbacks(callback)
        if ("writemagic" in callback.javaClass.name) ours += callback to "activities"
    }

    override fun unregisterActivityLifecycleCallbacks(callback: ActivityLifecycleCallbacks) {
        super.unregisterActivityLifecycleCallbacks(callback)
        ours -= callback to "activities"
    }
}

@RunWith(RobolectricTestRunner::class)
@Config(application = Recording::class)
class LibraryLifecycleTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val application = RuntimeEnvironment.getApplication() as Recording
    private val failures = LinkedBlockingQueue<WriteMagicException>()
    private lateinit var library: Library
    private lateinit var lifecycle: LibraryLifecycle

    @Before
    fun open() {
        WriteMagic.setLogLevel(LogLevel.OFF)
        library = runBlocking { application.openLibrary() }
        lifecycle = LibraryLifecycle(application, library) { failures += it }
    }

    @After
    fun close() {
        lifecycle.close()
        runBlocking { library.awaitClose() }
    }

    private suspend fun isSuspended(): Boolean =
        try {
            library.folders()
            false
        } catch (refused: WriteMagicException.LibraryFailed) {
            assertEquals(ErrorCode.LIBRARY_SUSPENDED, refused.code)
            true
        }

    private suspend fun await(done: suspend () -> Boolean) = withTimeout(1.minutes) { while (!done()) yield() }

    @Test
    fun `the library is suspended with the last activity and resumed with the next`() =
        runBlocking {
            val session = library.edit(library.createDocument(NewDocument("Rain")).id)
            val (first, second) = List(2) { Robolectric.buildActivity(Activity::class.java) }
            first.create().start().resume()
            session.splice(0, 0, "It rained.")
            // The next is there before the last has stopped.
            second.create().start()
            first.pause().stop()
            assertTrue(lifecycle.isForeground.value)
            second.stop()
            await { isSuspended() }
            session.splice(0, 0, "Late. ")
            first.restart().start()
            await { !isSuspended() }
            session.flush()
            assertEquals("Late. It rained.", library.text(session.document))
            session.awaitClose()
            assertEquals(emptyList(), failures.toList())
        }

    @Test
    fun `a device that is turned suspends nothing`() =
        runBlocking {
            val controller = Robolectric.buildActivity(Activity::class.java).setup()
            val turns = mutableListOf<Boolean>()
            val listening =
                launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
                    lifecycle.isForeground.collect { turns += it }
                }
            controller.recreate()
            controller.pause().stop()
            controller.start()
            listening.cancel()
            assertEquals(listOf(true, false, true), turns)
        }

    @Test
    fun `one activity that was there before is no reason to stay`() =
        runBlocking {
            lifecycle.close()
            val early = Robolectric.buildActivity(Activity::class.java).setup()
            lifecycle = LibraryLifecycle(application, library) { failures += it }
            val next = Robolectric.buildActivity(Activity::class.java).setup()
            early.pause().stop()
            assertTrue(lifecycle.isForeground.value)
            next.pause().stop()
            await { isSuspended() }
        }

    @Test
    fun `memory is given back when the system asks for it`() =
        runBlocking {
            val asks =
                listOf(
                    { application.onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_BACKGROUND) },
                    { application.onLowMemory() },
                )
            for (ask in asks) {
                type(LARGE)
                assertTrue(library.pipeline.pool.heldBytes >= LARGE)
                ask()
                // What a thread keeps for itself is given back when it next types.
                await {
                    type(1_000)
                    library.pipeline.pool.heldBytes < LARGE
                }
            }
        }

    private suspend fun type(units: Int) {
        library.edit(library.createDocument(NewDocument("Untitled")).id).use {
            it.splice(0, 0, "x".repeat(units))
            it.flush()
        }
    }

    @Test
    fun `nothing is left when it is closed`() =
        runBlocking {
            type(LARGE)
            assertEquals(2, application.ours.size)
            lifecycle.close()
            lifecycle.close()
            val held = library.pipeline.pool.heldBytes
            val controller = Robolectric.buildActivity(Activity::class.java).setup()
            application.onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_BACKGROUND)
            controller.pause().stop()
            assertTrue(lifecycle.isForeground.value)
            assertEquals(false to held, isSuspended() to library.pipeline.pool.heldBytes)
            assertEquals(emptySet(), application.ours)
        }

    @Test
    fun `the app is told where another process has the library`() =
        runBlocking {
            val controller = Robolectric.buildActivity(Activity::class.java).setup()
            controller.pause().stop()
            await { isSuspended() }
            val other = WriteMagic.open(library.path)
            controller.start()
            assertEquals(ErrorCode.LIBRARY_BUSY, assertNotNull(failures.poll(60, TimeUnit.SECONDS)).code)
            other.awaitClose()
            controller.stop()
            controller.start()
            await { !isSuspended() }
        }

    @Test
    fun `a library that was closed first is left alone`() =
        runBlocking {
            val controller = Robolectric.buildActivity(Activity::class.java).setup()
            library.awaitClose()
            controller.pause().stop()
            application.onLowMemory()
            lifecycle.close()
            assertEquals(emptyList(), failures.toList())
        }

    @Test
    fun `libraries lie among the app's files`() =
        runBlocking {
            assertEquals(application.filesDir.resolve("library").path, library.path)
            val notes = (application as Context).openLibrary("notes", OpenOptions(create = true))
            assertEquals(application.libraryFolder("notes").path, notes.path)
            notes.awaitClose()
            for (name in listOf("", ".", "..", "a/b")) {
                assertFailsWith<IllegalArgumentException> { application.libraryFolder(name) }
            }
        }

    @Test
    fun `the table is copied once for each installation`() {
        val copied = tableFile(folder.root, 1) { "first".byteInputStream() }
        assertEquals("first", tableFile(folder.root, 1) { throw AssertionError() }.readText())
        assertFailsWith<IOException> { tableFile(folder.root, 2) { throw IOException() } }
        assertEquals("first", copied.readText())
        assertEquals("second", tableFile(folder.root, 2) { "second".byteInputStream() }.readText())
        assertEquals(
            1,
            folder.root
                .list()
                .orEmpty()
                .size,
        )
    }

    private companion object {
        const val LARGE = 100_000
    }
}
