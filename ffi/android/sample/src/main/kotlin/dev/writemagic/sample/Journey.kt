package dev.writemagic.sample

import android.content.Context
import dev.writemagic.NewDocument
import dev.writemagic.OpenOptions
import dev.writemagic.PassageRequest
import dev.writemagic.SearchRequest
import dev.writemagic.WriteMagicException
import dev.writemagic.android.englishTable
import dev.writemagic.android.libraryFolder
import dev.writemagic.android.openLibrary
import kotlinx.coroutines.runBlocking

/** Through the engine once: open, write, search, suspend, resume, close, open again. */
object Journey {
    /** What was seen on the way, as a sentence. Takes its time: not for the main thread. */
    @JvmStatic
    fun run(context: Context): String =
        runBlocking {
            context.libraryFolder().deleteRecursively()
            val options = OpenOptions(create = true, embedding = context.englishTable())

            val page =
                context.openLibrary(options = options).use { library ->
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

            context.openLibrary(options = options).use { library ->
                library.indexMeaning().await()
                val words = library.search(SearchRequest("storm")).hits.size
                val meaning = library.searchPassages(PassageRequest("bad weather on the ocean"))
                "${library.text(page)} Found: $words, by meaning: ${meaning.byMeaning}, elsewhere: ${missing(context)}."
            }
        }

    /** What the engine says of a library that is not there: the code of the exception that it throws. */
    private suspend fun missing(context: Context): String =
        try {
            context.openLibrary("none", OpenOptions()).use { "a library" }
        } catch (failure: WriteMagicException.LibraryFailed) {
            failure.code?.code.orEmpty()
        }
}
