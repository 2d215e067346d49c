package dev.writemagic.sample

import android.app.Activity
import android.os.Bundle
import android.widget.TextView
import kotlin.concurrent.thread

/** Goes on the [Journey], and shows what came of it. */
class MainActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val view = TextView(this).apply { text = "…" }
        setContentView(view)
        thread {
            val seen = Journey.run(applicationContext)
            runOnUiThread { view.text = seen }
        }
    }
}
