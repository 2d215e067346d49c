package dev.writemagic

import dev.writemagic.internal.Native
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.net.URLClassLoader
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotSame

class ClassLoadersTest {
    @TempDir
    lateinit var folder: File

    /** The classes of `dev.writemagic` a second time; everything else is shared. */
    private class Second(
        classes: File,
        parent: ClassLoader,
    ) : URLClassLoader(arrayOf(classes.toURI().toURL()), parent) {
        override fun loadClass(
            name: String,
            resolve: Boolean,
        ): Class<*> =
            if (name.startsWith("dev.writemagic.") && findResource(name.replace('.', '/') + ".class") != null) {
                synchronized(getClassLoadingLock(name)) { findLoadedClass(name) ?: findClass(name) }
            } else {
                super.loadClass(name, resolve)
            }
    }

    /** The natives of a copy of the library, as classes of another loader see them. */
    private fun second(number: Int): Class<*> {
        val library = File(System.getProperty("writemagic.native"), System.mapLibraryName("writemagic_jni"))
        val copy = library.copyTo(File(folder, "copy $number.so"))
        val classes =
            File(
                Native::class.java.protectionDomain.codeSource.location
                    .toURI(),
            )
        System.setProperty("writemagic.library", copy.path)
        try {
            return Class.forName(Native::class.java.name, true, Second(classes, javaClass.classLoader))
        } finally {
            System.clearProperty("writemagic.library")
        }
    }

    private fun Class<*>.call(
        name: String,
        argument: Any,
    ): Any? =
        try {
            declaredMethods.single { it.name == name }.invoke(null, argument)
        } catch (thrown: InvocationTargetException) {
            throw thrown.targetException
        }

    @Test
    fun `two copies of the library know each other's handles for foreign`() {
        // Loaded by this class loader first.
        val ours = Native.crashOpen(false)
        val copies = List(2) { second(it) }
        for (copy in copies) {
            assertNotSame(Native::class.java, copy)
            val theirs = copy.call("crashOpen", false) as Long
            copy.call("crashNot", theirs)
            val here = assertFailsWith<WriteMagicException.InvalidObject> { Native.crashNot(theirs) }
            assertEquals(ErrorCode.HANDLE_FOREIGN, here.code)
            // Of the other loader's class: known here by its name alone.
            val there = assertFailsWith<RuntimeException> { copy.call("crashNot", ours) }
            assertEquals(WriteMagicException.InvalidObject::class.java.name, there.javaClass.name)
            assertNotSame(WriteMagicException.InvalidObject::class.java, there.javaClass as Class<*>)
            copy.call("crashClose", theirs)
        }
        Native.crashNot(ours)
        Native.crashClose(ours)
    }

    @Test
    fun `a class loader that is gone takes no running code with it`() {
        repeat(3) {
            val copy = second(10 + it)
            copy.call("crashWake", 1L)
        }
        repeat(5) { System.gc() }
        Native.crashWake(1)
        assertEquals(0, living("crash test"))
    }
}
