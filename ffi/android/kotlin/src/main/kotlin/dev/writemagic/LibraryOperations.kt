package dev.writemagic

import dev.writemagic.internal.Calls

/** What a library does, operation by operation. */
public abstract class LibraryOperations internal constructor(
    internal val calls: Calls,
) {
    /** Creates a document with this text. Touches the disk. */
    public suspend fun createDocument(
        title: String,
        text: String = "",
    ): Document =
        calls.call(0, {
            text(title)
            u8(0)
            text("")
            bool(false)
            text(text)
        }) { document() }

    /** A document, without its text. Touches the disk. */
    public suspend fun document(document: DocumentId): Document = calls.call(1, { uuid(document.value) }) { document() }

    /** A document's text as it is stored. Touches the disk. */
    public suspend fun text(document: DocumentId): String = calls.call(2, { uuid(document.value) }) { text() }

    /** A document's text in UTF-8. Touches the disk. */
    public suspend fun textBytes(document: DocumentId): ByteArray = calls.call(3, { uuid(document.value) }) { bytes() }

    /** All folders, each before those in it. Touches the disk. */
    public suspend fun folders(): List<Folder> = calls.call(5, {}) { list { folder() } }

    /** Creates a folder, and those that it is in. Touches the disk. */
    public suspend fun createFolder(path: String): Folder = calls.call(6, { text(path) }) { folder() }

    /** Whether the library is open for reading alone. */
    public fun isReadOnly(): Boolean = calls.now(13, {}) { bool() }

    /** Looks for damage, and repairs what can be repaired if it is to. Progress is in documents. */
    public fun check(repair: Boolean): Operation<CheckReport> = calls.work(16, { bool(repair) }) { checkReport() }

    /** Writes a consistent copy of the library to a file, and gives its bytes. Progress is in bytes. */
    public fun backUp(file: String): Operation<Long> = calls.work(17, { text(file) }) { u64() }

    internal companion object {
        /** Which library these classes are for. */
        const val FINGERPRINT: Long = 6619734483684642752
    }
}
