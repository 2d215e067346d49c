package dev.writemagic

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.conflate

/**
 * Search by words as it is typed: an answer to each question that still stands when it is there, in the order of the
 * questions. The flow of the questions decides how often is searched.
 *
 * ```
 * val typed = MutableStateFlow("")
 *
 * scope.launch {
 *     library.searches(typed.map { SearchRequest(it) }).collect { page -> show(page.hits) }
 * }
 * ```
 *
 * A newer question cancels the older one's search: the engine stops it. So does the end of the collection, which waits
 * until the engine has stopped. An answer that a slow collector has not taken by then is dropped, so that what it takes
 * next is the newest; the answer to the last question is never lost. A question of blanks is answered at once, by an
 * empty page.
 *
 * The flow is cold, may be collected more than once, and ends with the questions. Nothing of it blocks: it may be
 * collected on the main thread.
 *
 * @throws WriteMagicException in the collector, as [Library.search] does. That ends the flow.
 */
public fun Library.searches(questions: Flow<SearchRequest>): Flow<SearchPage> =
    answers(questions) { if (it.query.isBlank()) NOTHING else cancellableSearch(it).await() }

/**
 * Passages that answer what is typed, by words and by meaning: as [searches]. A model that is asked for vectors is not
 * interrupted; a newer question waits for it. Every question is asked of the engine, whose answers say what is indexed.
 *
 * @throws WriteMagicException in the collector, as [Library.searchPassages] does. That ends the flow.
 */
public fun Library.passageSearches(questions: Flow<PassageRequest>): Flow<PassagePage> =
    answers(questions) { cancellablePassageSearch(it).await() }

private val NOTHING = SearchPage(emptyList(), 0)

/**
 * The answers to questions, the newest at a time. An answer waits for the collector where a newer question can reach it,
 * and questions that come while an older one is being stopped wait as one, the newest.
 */
internal fun <Q, A> answers(
    questions: Flow<Q>,
    answer: suspend (Q) -> A,
): Flow<A> =
    channelFlow {
        questions.conflate().collectLatest { send(answer(it)) }
    }.buffer(Channel.RENDEZVOUS)
