package app

import dev.writemagic.NewDocument
import dev.writemagic.OpenOptions
import dev.writemagic.SearchRequest
import dev.writemagic.WriteMagic
import dev.writemagic.WriteMagicException

/** What an app does with the engine: enough of it that a shrinker has something to keep, and something to throw away. */
object Diary {
    /** Writes a page, and says how many pages have the word. */
    suspend fun write(
        folder: String,
        text: String,
        word: String,
    ): Long =
        try {
            WriteMagic.open(folder, OpenOptions(create = true)).use { library ->
                val page = library.createDocument(NewDocument("Today", text = text))
                library.edit(page.id).use { editor ->
                    editor.splice(at = 0, delete = 0, insert = "Dear diary. ")
                    editor.flush()
                }
                library.search(SearchRequest(word, limit = 10)).total
            }
        } catch (failure: WriteMagicException.LibraryFailed) {
            -1L
        }
}
