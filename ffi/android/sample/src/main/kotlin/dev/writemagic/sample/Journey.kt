package dev.writemagic.sample

import android.content.Context
import dev.writemagic.Embedding
import dev.writemagic.NewDocument
import dev.writemagic.OpenOptions
import dev.writemagic.PassageRequest
import dev.writemagic.SearchRequest
import dev.writemagic.WriteMagic
import dev.writemagic.WriteMagicException
import kotlinx.coroutines.runBlocking
import java.io.File

/** Through the engine once: open, write, search, suspend, resume, close, open again. */
object Journey {
    /** What was seen on the way, as a sentence. Takes its time: not for the main thread. */
    @JvmStatic
    fun run(context: Context): String =
        runBlocking {
            val folder = File(context.filesDir, "library")
            folder.deleteRecursively()
            val options = OpenOptions(create = true, embedding = Embedding.File(table(context).path))

            val page =
                WriteMagic.open(folder.path, options).use { library ->
                    val page = library.createDocument(NewDocument("Today", text = "A storm at sea."))
                    library.edit(page.id).use { editor ->
                        editor.splice(at = 0, delete = 1, insert = "Dear diary 😀, a")
                        editor.flush()
                        library.suspend()
                        editor.splice(at = 0, delete = 0, insert = "1 May. ")
                        library.resume()
                        editor.flush()
                    }
                    page.id
                }

            WriteMagic.open(folder.path, options).use { library ->
                library.indexMeaning().await()
                val words = library.search(SearchRequest("storm")).hits.size
                val meaning = library.searchPassages(PassageRequest("bad weather on the ocean"))
                "${library.text(page)} Found: $words, by meaning: ${meaning.byMeaning}, elsewhere: ${missing(folder)}."
            }
        }

    /** What the engine says of a library that is not there: the code of the exception that it throws. */
    private suspend fun missing(folder: File): String =
        try {
            WriteMagic.open(File(folder, "none").path).use { "a library" }
        } catch (failure: WriteMagicException.LibraryFailed) {
            failure.code?.code.orEmpty()
        }

    /** The archive's table of word vectors as a file, which the engine maps. */
    private fun table(context: Context): File {
        val table = File(context.filesDir, "english.table")
        if (!table.exists()) {
            val part = File(context.filesDir, "english.table.part")
            context.assets.open("writemagic/english.table").use { asset ->
                part.outputStream().use { asset.copyTo(it) }
            }
            check(part.renameTo(table))
        }
        return table
    }
}
