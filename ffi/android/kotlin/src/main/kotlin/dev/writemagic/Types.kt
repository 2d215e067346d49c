package dev.writemagic

import dev.writemagic.internal.Reader
import dev.writemagic.internal.Writer
import java.util.UUID
import kotlin.time.Instant

/** A document's id. */
@JvmInline
public value class DocumentId(
    public val value: UUID,
)

/** A folder's id. */
@JvmInline
public value class FolderId(
    public val value: UUID,
)

/** Names one accepted splice of a session: tickets count up from 1. */
@JvmInline
public value class Ticket(
    public val value: Long,
) : Comparable<Ticket> {
    override fun compareTo(other: Ticket): Int = value.compareTo(other.value)
}

/** How a library is opened. */
public data class OpenOptions(
    /** Creates the library where there is none, parent folders included. */
    public val create: Boolean = false,
    /** Opens for reading only: works beside a writer. */
    public val readOnly: Boolean = false,
    /** The most bytes to which the database may grow; no limit where there is none. */
    public val maxBytes: Long? = null,
)

internal fun OpenOptions.encoded(): ByteArray =
    Writer.written {
        bool(create)
        bool(readOnly)
        i64(maxBytes ?: -1)
        u8(0)
    }

/** A folder of a library. */
public data class Folder(
    /** Which it is, whatever it is called. */
    public val id: FolderId,
    /** The names from the top, with `/` between them. */
    public val path: String,
    /** The last name of the path. */
    public val name: String,
    /** How many folders it is in. */
    public val depth: Int,
    /** How many documents it holds, without those of folders in it. */
    public val documents: Long,
)

internal fun Reader.folder(): Folder = Folder(FolderId(uuid()), text(), text(), u32(), u64())

/** A document of a library: what a list shows of it. */
public data class Document(
    /** Which it is. */
    public val id: DocumentId,
    /** Its title. */
    public val title: String,
    /** The path of its folder. */
    public val folder: String,
    /** When it was created. */
    public val created: Instant,
    /** When its text was last changed. */
    public val modified: Instant,
    /** Words of its text. */
    public val words: Long,
)

internal fun Reader.document(): Document {
    val id = DocumentId(uuid())
    val title = text()
    u8()
    val folder = text()
    option { text() }
    repeat(2) { option { u64() } }
    bool()
    val (created, modified) = timestamp() to timestamp()
    bool()
    val counts = List(9) { u64() }
    return Document(id, title, folder, created, modified, counts[4])
}

/** A problem that a check found. */
public data class Problem(
    /** A stable word. */
    public val kind: String,
    /** The document that has it. */
    public val document: DocumentId?,
    /** A sentence for developers. */
    public val message: String,
    /** Whether it is one no more. */
    public val repaired: Boolean,
)

/** What a check found. */
public data class CheckReport(
    /** Documents that were looked at. */
    public val documents: Long,
    /** What is wrong. */
    public val problems: List<Problem>,
)

internal fun Reader.checkReport(): CheckReport =
    CheckReport(u64(), list { Problem(text(), option { DocumentId(uuid()) }, text(), bool()) })

/** One replacement in a text. */
public data class Patch(
    /** Where, in UTF-16 units. */
    public val at: Long,
    /** How many UTF-16 units go away there. */
    public val delete: Long,
    /** What comes instead. */
    public val insert: String,
)

/** What happened to a document since the last change. */
public data class Change(
    /** The first splice of this change; null where it only reports durability or edits from elsewhere. */
    public val first: Ticket?,
    /** The last one. */
    public val last: Ticket?,
    /** What changed, in order: each patch's offsets are in the text after the patches before it. */
    public val patches: List<Patch>,
    /** Every splice up to this one is durable. */
    public val durable: Ticket,
    /** Edits from elsewhere that wait. */
    public val pending: Long,
    /** Whether several changes were merged because the collector was slow. */
    public val merged: Boolean,
    /** Whether patches were dropped because too much text waited: read the text again. */
    public val reread: Boolean,
)

/** Null at the end of the changes. */
internal fun Reader.change(): Change? {
    if (!bool()) return null
    val tickets = List(2) { u64() }.map { number -> Ticket(number).takeIf { number > 0 } }
    val patches = list { Patch(u64(), u64(), text()) }
    return Change(tickets[0], tickets[1], patches, Ticket(u64()), u64(), bool(), bool())
}
