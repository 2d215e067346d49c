package dev.writemagic

import dev.writemagic.internal.Native
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Order
import java.io.DataInputStream
import java.io.File
import java.lang.reflect.Modifier
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/**
 * Whether these tests call all that the API can do: what the compiled classes offer is compared with what the compiled
 * tests refer to.
 */
@Order(Int.MAX_VALUE)
class EveryCallTest {
    /** What a class file refers to, and which interfaces its class has. */
    private class Refers(
        file: File,
    ) {
        private val texts = arrayOfNulls<String>(MOST)

        /** The first and the second place that a constant names. */
        private val first = IntArray(MOST)
        private val second = IntArray(MOST)
        val methods: Set<Pair<String, String>>
        val interfaces: List<String>

        init {
            DataInputStream(file.inputStream().buffered()).use { input ->
                require(input.readInt() == 0xCAFEBABE.toInt())
                input.skipBytes(4)
                val places = readConstants(input)
                methods = places.map { className(first[it]) to text(first[second[it]]) }.toSet()
                input.skipBytes(6)
                interfaces = List(input.readUnsignedShort()) { className(input.readUnsignedShort()) }
            }
        }

        private fun text(place: Int) = checkNotNull(texts[place])

        private fun className(place: Int) = text(first[place]).replace('/', '.')

        /** The places of all methods that are referred to. */
        private fun readConstants(input: DataInputStream): List<Int> {
            val methods = mutableListOf<Int>()
            val count = input.readUnsignedShort()
            var place = 1
            while (place < count) {
                val kind = input.readUnsignedByte()
                when (kind) {
                    1 -> {
                        texts[place] = input.readUTF()
                    }

                    7, 8, 16, 19, 20 -> {
                        first[place] = input.readUnsignedShort()
                    }

                    9, 10, 11, 12, 17, 18 -> {
                        first[place] = input.readUnsignedShort()
                        second[place] = input.readUnsignedShort()
                    }

                    15 -> {
                        input.skipBytes(3)
                    }

                    3, 4 -> {
                        input.skipBytes(4)
                    }

                    5, 6 -> {
                        input.skipBytes(8)
                    }

                    else -> {
                        error("a class file has a constant of kind $kind")
                    }
                }
                if (kind == 10 || kind == 11) methods += place
                // Numbers of eight bytes have two places.
                place += if (kind == 5 || kind == 6) 2 else 1
            }
            return methods
        }

        private companion object {
            const val MOST = 1 shl 16
        }
    }

    private fun classFiles(of: Class<*>): List<File> =
        File(
            of.protectionDomain.codeSource.location
                .toURI(),
        ).walk().filter { it.extension == "class" }.toList()

    private val api: List<Class<*>> =
        classFiles(Library::class.java)
            .filter { it.parentFile.name == "writemagic" }
            .map { Class.forName("dev.writemagic." + it.nameWithoutExtension) }
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }

    private val tests = classFiles(javaClass).map { Refers(it) }

    /** Data, lists of values, failures and what they are made of: they do nothing. */
    private fun isValue(of: Class<*>): Boolean =
        of.enclosingClass?.let { Throwable::class.java.isAssignableFrom(it) } == true || of.isEnum || of.isInterface ||
            Throwable::class.java.isAssignableFrom(of) ||
            of.declaredMethods.any { it.name.startsWith("component") || it.name == "unbox-impl" } ||
            of.interfaces.any { it in api && it.isChoice() }

    private fun Class<*>.isChoice() = isInterface && declaredMethods.none { Modifier.isAbstract(it.modifiers) }

    /** What the engine asks of the app. */
    private val asked = api.filter { it.isInterface && !it.isChoice() }.flatMap { of -> of.methods.map { it.name } }

    @Test
    fun `each function and property of the API is called`() {
        val called = tests.flatMap { it.methods }.toSet()
        val missing = mutableListOf<String>()
        var all = 0
        for (offers in api.filterNot(::isValue)) {
            // A method is called by the name of its class or that of a class made of it.
            val owners = api.filter { offers.isAssignableFrom(it) }.map { it.name }
            val offered = offers.declaredMethods.filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }
            for (name in offered.map { it.name }.toSet()) {
                // Those of the module alone have its name behind their own; `use` closes, and the engine asks the app's objects.
                if ("\$writemagic" in name || name == "close" ||
                    (offers.interfaces.any { it in api } && name in asked)
                ) {
                    continue
                }
                all++
                val names = listOf(name, "$name\$default")
                if (owners.none { owner -> names.any { owner to it in called } }) {
                    missing +=
                        "${offers.simpleName}.$name"
                }
            }
        }
        assertEquals(emptyList(), missing.sorted())
        assertTrue(all > 220, "$all")
    }

    @Test
    fun `each operation has run`() {
        // Some of the tests have not run all of them.
        assumeTrue(System.getProperty("test") == null)
        val left =
            Native
                .crashNotRun()
                .decodeToString()
                .lines()
                .filter { it.isNotEmpty() }
        assertEquals(emptyList(), left)
    }

    @Test
    fun `each interface of the API has an object of the app`() {
        val implemented = tests.flatMap { it.interfaces }.toSet()
        val interfaces = api.filter { it.isInterface && !it.isChoice() && !it.isAnnotation }.map { it.name }
        assertEquals(
            setOf("KeySource", "Transport", "HostModel", "Embedder")
                .map {
                    "dev.writemagic.$it"
                }.toSet(),
            interfaces.toSet(),
        )
        assertEquals(emptyList(), interfaces.filterNot { it in implemented })
    }
}
