"""Writes a tiny model of the llama kind, as a GGUF file: `model.py FILE`.

It knows no language. Attention and feed-forward weigh nothing, every token's embedding has a direction of its own,
and the output matrix maps each direction to the one token that follows: a chain. What the prompt ends with decides
what is said, whatever the sampler's seed:

    .   "yes", and then the model stops
    ?   a sentence in several scripts, an emoji of it byte by byte, and then the model stops
    !   two words in turn, for ever
"""

import sys

import numpy
from gguf import GGUFWriter, TokenType

CONTEXT = 4096
HEADS = 5
WIDTH = 64 * HEADS
FEED_FORWARD = 64
# Far above what any sampler's temperature levels out, when normalised states are multiplied with it.
CERTAIN = 2.0

SENTENCE = ["In", "▁the", "▁tower", "▁", *"🗼".encode(), "▁burns", "▁灯台", "の", "光", ",", "▁👩‍👩‍👧", "▁fin"]
ENDLESS = ["▁tick", "▁tock"]
UNKNOWN, BEGIN, END = 0, 1, 2


def vocabulary():
    """Every token with its kind, and where each piece stands. Bytes are as long as the alphabet of a prompt needs."""
    tokens = [("<unk>", TokenType.UNKNOWN), ("<s>", TokenType.CONTROL), ("</s>", TokenType.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)]
    pieces = ["yes"] + [piece for piece in SENTENCE + ENDLESS if isinstance(piece, str)]
    tokens += [(piece, TokenType.NORMAL) for piece in pieces]
    assert len({text for text, _ in tokens}) == len(tokens) <= WIDTH, "each token has one direction, and one name"
    return tokens


def chain(tokens):
    """Which token follows which."""
    places = {text: place for place, (text, _) in enumerate(tokens)}

    def place(piece):
        return places[piece if isinstance(piece, str) else f"<0x{piece:02X}>"]

    follows = {place(ord(".")): place("yes"), place("yes"): END}
    sentence = [ord("?"), *SENTENCE]
    follows |= {place(one): place(next) for one, next in zip(sentence, sentence[1:])}
    follows[place(SENTENCE[-1])] = END
    tick, tock = map(place, ENDLESS)
    return follows | {place(ord("!")): tick, tick: tock, tock: tick}


def main(path):
    tokens = vocabulary()
    random = numpy.random.default_rng(20)
    # Directions at right angles to each other: an orthogonal matrix, a row a token.
    directions, _ = numpy.linalg.qr(random.standard_normal((WIDTH, WIDTH)))
    directions = directions[: len(tokens)]
    output = numpy.zeros_like(directions)
    for one, next in chain(tokens).items():
        output[next] += CERTAIN * directions[one]

    writer = GGUFWriter(path, "llama")
    writer.add_name("interop")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")

    def tensor(name, values):
        writer.add_tensor(name, numpy.ascontiguousarray(values, dtype=numpy.float32))

    tensor("token_embd.weight", directions)
    tensor("output.weight", output)
    for norm in ["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"]:
        tensor(f"{norm}.weight", numpy.ones(WIDTH))
    for part in ["attn_q", "attn_k", "attn_v", "attn_output"]:
        tensor(f"blk.0.{part}.weight", numpy.zeros((WIDTH, WIDTH)))
    for part in ["ffn_gate", "ffn_up"]:
        tensor(f"blk.0.{part}.weight", numpy.zeros((FEED_FORWARD, WIDTH)))
    tensor("blk.0.ffn_down.weight", numpy.zeros((WIDTH, FEED_FORWARD)))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(sys.argv[1])
