"""The functions that Swift calls, called by Python: callbacks from threads of the engine's, cancellation, errors.

Not a binding that is shipped: `cargo xtask swift` has UniFFI make the module, and runs this where there is Python.
"""

import os
import struct
import tempfile
import threading
import unittest

import writemagic_ffi as native

# Operations of a library by their numbers, as `cargo xtask bindings` has them.
OPEN, CHECK, BACK_UP = 0, 13, 14
LIBRARY = 0


def text(value):
    """A text as `ffi/operations/src/shape.rs` has it."""
    data = value.encode()
    return struct.pack("<I", len(data)) + data


class Host(native.NativeHost):
    """The app: says what it was told, and by whom."""

    def __init__(self):
        self.woken = {}
        self.threads = set()
        self.answers = {}
        self.released = []
        self.lines = []

    def event(self, token):
        return self.woken.setdefault(token, threading.Event())

    def wake(self, token):
        self.threads.add(threading.current_thread())
        self.event(token).set()

    def ask(self, object, question, request):
        self.threads.add(threading.current_thread())
        return self.answers[object](question, request)

    def release(self, object):
        self.released.append(object)

    def log(self, level, line):
        self.lines.append((level, line))


HOST = Host()


def code(failure):
    return failure.exception.number


class NativeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        native.native_set_host(HOST)
        native.native_set_log_level(0)
        cls.folder = tempfile.TemporaryDirectory()
        path = os.path.join(cls.folder.name, "library")
        # Created, to be written, without a limit, of the first profile, with nothing that compares by meaning.
        request = text(path) + bytes([1, 0, 0, 0, 0])
        (cls.library,) = struct.unpack("<q", native.native_invoke(OPEN, 0, request))

    @classmethod
    def tearDownClass(cls):
        native.native_close_object(LIBRARY, cls.library)
        cls.folder.cleanup()

    def test_work_tells_its_end_from_a_thread_of_the_engine(self):
        work = native.native_start(CHECK, self.library, bytes([0]), 71)
        self.assertTrue(HOST.event(71).wait(60))
        self.assertTrue(native.native_take_result(work))
        self.assertIsNone(native.native_take_result(work))
        progress = native.native_progress(work)
        self.assertEqual((progress.done, progress.cancelled), (progress.total, False))
        self.assertTrue(native.native_close_work(work))
        self.assertFalse(native.native_close_work(work))
        self.assertNotIn(threading.main_thread(), HOST.threads)

    def test_work_that_is_cancelled_ends_and_says_so_or_is_done(self):
        ends = set()
        for token in range(1000, 1020):
            copy = os.path.join(self.folder.name, f"copy {token}")
            work = native.native_start(BACK_UP, self.library, text(copy), token)
            native.native_cancel(work)
            self.assertTrue(HOST.event(token).wait(60))
            try:
                native.native_take_result(work)
                ends.add("done")
            except native.NativeError.Failed as failure:
                self.assertIn("cancelled", failure.reason)
                ends.add("cancelled")
                self.assertFalse(os.path.exists(copy))
            native.native_close_work(work)
        self.assertIn("cancelled", ends)

    def test_an_object_of_the_app_is_asked_and_released(self):
        HOST.answers[5] = lambda question, request: request + bytes([question])
        self.assertEqual(native.native_crash_ask(5, 7, b"\x00\xff"), b"\x00\xff\x07")
        self.assertEqual(len(native.native_crash_ask(5, 1, bytes(1_000_000))), 1_000_001)
        native.native_crash_release(5)
        self.assertIn(5, HOST.released)

    def test_what_the_app_throws_is_no_answer_and_is_counted(self):
        def secret(*_):
            raise ValueError("secret")

        def threw(*_):
            raise native.HostError.Threw()

        before = native.native_throws()
        HOST.answers[6], HOST.answers[7] = secret, threw
        native.native_set_log_level(2)
        for target in (6, 7, 8):  # the last one is not there
            self.assertIsNone(native.native_crash_ask(target, 0, b""))
        native.native_set_log_level(0)
        self.assertEqual(native.native_throws(), before + 3)
        self.assertTrue(HOST.lines)
        self.assertNotIn("secret", str(HOST.lines))

    def test_a_callback_may_call_again(self):
        HOST.answers[9] = lambda question, request: native.native_crash_ask(9, 0, b"deep") if question else request
        self.assertEqual(native.native_crash_ask(9, 1, b""), b"deep")

    def test_errors_and_panics_are_thrown_with_all_they_have(self):
        dummy = native.native_crash_open(False)
        with self.assertRaises(native.NativeError.Failed) as failure:
            native.native_crash(dummy, 2)
        self.assertEqual(failure.exception.details, '{"what":"way","value":2}')
        self.assertIsNone(failure.exception.panic)
        with self.assertRaises(native.NativeError.Failed) as failure:
            native.native_crash(dummy, 1)
        panicked = code(failure)
        self.assertEqual(failure.exception.panic, "a deliberate panic, number 42")
        self.assertNotIn("deliberate", failure.exception.reason)
        with self.assertRaises(native.NativeError.Failed) as failure:
            native.native_crash_not(dummy)
        self.assertNotEqual(code(failure), panicked)
        self.assertTrue(native.native_crash_close(dummy))
        for call in (
            lambda: native.native_crash_close(native.native_crash_open(True)),
            lambda: native.native_crash_argument(b""),
        ):
            with self.assertRaises(native.NativeError.Failed) as failure:
                call()
            self.assertEqual(code(failure), panicked)

    def test_no_handle_does_any_harm(self):
        for handle in (0, 1, -1, 2**63 - 1, -(2**63), self.library ^ (1 << 55)):
            for call in (
                lambda: native.native_splice(handle, 0, 0, b"a"),
                lambda: native.native_text(handle),
                lambda: native.native_progress(handle),
                lambda: native.native_take_result(handle),
                lambda: native.native_close_object(LIBRARY, handle),
                lambda: native.native_invoke(CHECK, handle, bytes([0])),
                lambda: native.native_invoke(9999, handle, b""),
            ):
                self.assertRaises(native.NativeError.Failed, call)

    def test_objects_are_counted(self):
        counts = {count.kind: count.count for count in native.native_census()}
        self.assertEqual(counts["library"], 1)


if __name__ == "__main__":
    unittest.main()
