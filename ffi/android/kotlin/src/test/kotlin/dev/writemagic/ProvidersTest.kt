package dev.writemagic

import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

class ProvidersTest : Fixture() {
    private val near =
        Provider("near", Wire.OPEN_AI, "http://127.0.0.1:11434/v1", "llama3.2", prices = ModelPrices(1, 2, 3, 4))

    @Test
    fun `providers are kept by name, with how far they are`() =
        runBlocking {
            val assistant = library.assistant
            assertEquals(false, assistant.setProvider(near))
            val kept = assistant.provider("near")
            assertEquals(near.copy(locality = Locality.LAN), kept)
            assertEquals(true, assistant.setProvider(near.copy(model = "other")))
            assistant.setProvider(Provider("far", Wire.ANTHROPIC, "https://models.example.org", "model-1"))
            assertEquals(listOf("far", "near"), assistant.providers().map { it.name }.sorted())
            assertEquals(Locality.CLOUD, assistant.provider("far").locality)
            assistant.removeProvider("near")
            val gone = assertFailsWith<WriteMagicException.AssistantFailed> { assistant.provider("near") }
            assertEquals(ErrorCode.PROVIDER_NOT_FOUND, gone.code)
            val wrong = assertFailsWith<WriteMagicException> { assistant.setProvider(near.copy(name = "no name")) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code)
        }

    @Test
    fun `what is known of models can be replaced`() =
        runBlocking {
            library.assistant.setProvider(near)
            library.assistant.runsWith(TestKeys()).use { runs ->
                assertEquals(near.prices, runs.prices("near"))
                val capabilities = runs.capabilities("near")
                assertTrue(capabilities.system && !capabilities.reasoning, "$capabilities")
                assertEquals(1_000, runs.tokensPerMille("llama3.2"))
                assertNull(runs.mark("near"))
                val date = runs.recordsAsOf
                assertTrue(Regex("""\d{4}-\d\d-\d\d""").matches(date), date)
                val records = File("../../../core/ai/src/model/records.json").readText()
                runs.setRecords(records.replace(date, "2030-01-02"))
                assertEquals("2030-01-02", runs.recordsAsOf)
                val wrong = assertFailsWith<WriteMagicException> { runs.setRecords("{") }
                assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code)
                val none = assertFailsWith<WriteMagicException> { runs.capabilities("far") }
                assertEquals(ErrorCode.PROVIDER_NOT_FOUND, none.code)
            }
        }

    @Test
    fun `caps and the ledger's days are the library's`() =
        runBlocking {
            val caps = Caps(Cap(money = 1), Cap(money = 500_000, tokens = 10), Cap())
            library.assistant.setCaps(caps)
            assertEquals(caps, library.assistant.caps())
            assertEquals(Spent(Sums(0, 0), Sums(0, 0)), library.ledger.spent())
            library.ledger.setZone("Asia/Tokyo")
            library.ledger.setZone()
            val nowhere = assertFailsWith<WriteMagicException> { library.ledger.setZone("Nowhere/Land") }
            assertEquals(ErrorCode.INVALID_ARGUMENT, nowhere.code)
            assertEquals(emptyList(), library.assistant.calls())
            assertEquals(emptyList(), library.assistant.runs())
        }
}
