#!/usr/bin/env bash
# Installs the app and its smoke test on the one device that is connected, and runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for apk in build/outputs/apk/release/sample-release.apk build/outputs/apk/androidTest/release/sample-release-androidTest.apk; do
    adb install -r "$apk"
done
adb shell am instrument -w dev.writemagic.sample.test/dev.writemagic.sample.SmokeTest | tee build/smoke-test.log
if ! grep -q 'smoke-test=passed' build/smoke-test.log; then
    adb logcat -d -t 500
    exit 1
fi
