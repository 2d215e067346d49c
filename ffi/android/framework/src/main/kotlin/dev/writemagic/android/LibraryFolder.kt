package dev.writemagic.android

import android.content.Context
import dev.writemagic.Embedding
import dev.writemagic.Library
import dev.writemagic.OpenOptions
import dev.writemagic.WriteMagic
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.io.InputStream

/**
 * The folder of the library of this name, among the app's own files. Touches the disk when it is first asked for in a
 * process: [openLibrary] does so on a thread that may wait.
 *
 * @throws IllegalArgumentException for a name that is none of a folder.
 */
public fun Context.libraryFolder(name: String = "library"): File {
    require(name.isNotEmpty() && name != "." && name != ".." && '/' !in name) { "no name of a folder" }
    return File(filesDir, name)
}

/**
 * Opens the library of this name, among the app's own files, and makes it where there is none. From any thread; what
 * touches the disk happens on another.
 *
 * @throws dev.writemagic.WriteMagicException.LibraryFailed as [WriteMagic.open].
 */
public suspend fun Context.openLibrary(
    name: String = "library",
    options: OpenOptions = OpenOptions(create = true),
): Library {
    val folder = withContext(Dispatchers.IO) { libraryFolder(name).path }
    return WriteMagic.open(folder, options)
}

/**
 * The archive's table of word vectors for English, for search by meaning: `OpenOptions(embedding = context.englishTable())`.
 * It is mapped from a file, which an asset is not: the first call after an installation copies it, 4.4 MiB, to the
 * folder for what can be made again. From any thread; the disk is touched on another.
 *
 * @throws java.io.IOException where it cannot be copied.
 */
public suspend fun Context.englishTable(): Embedding.File =
    withContext(Dispatchers.IO) {
        val installed = packageManager.getPackageInfo(packageName, 0).lastUpdateTime
        Embedding.File(tableFile(cacheDir, installed) { assets.open(TABLE) }.path)
    }

/** The table's file of the installation of this [time][installed], copied from what [open] gives where there is none. */
internal fun tableFile(
    folder: File,
    installed: Long,
    open: () -> InputStream,
): File {
    val table = File(folder, "$PREFIX$installed$SUFFIX")
    if (table.exists()) return table
    val copy = File.createTempFile(PREFIX, ".copy", folder)
    try {
        open().use { asset -> copy.outputStream().use { asset.copyTo(it) } }
        val others = folder.listFiles { file -> file.name.startsWith(PREFIX) && file.name.endsWith(SUFFIX) }
        // Those of installations before. Who has one open keeps it.
        others.orEmpty().forEach { it.delete() }
        if (!copy.renameTo(table)) throw IOException("the table cannot be put in its place")
    } finally {
        copy.delete()
    }
    return table
}

private const val TABLE = "writemagic/english.table"
private const val PREFIX = "writemagic-english-"
private const val SUFFIX = ".table"
