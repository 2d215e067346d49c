buildscript {
    repositories {
        google()
        mavenCentral()
    }
    dependencies {
        // The Kotlin that the archive's classes are compiled with, which is newer than the one that the Android plugin brings.
        classpath("org.jetbrains.kotlin:kotlin-gradle-plugin:2.4.21")
    }
}

plugins {
    id("com.android.application") version "9.1.1"
}

android {
    namespace = "dev.writemagic.sample"
    compileSdk = 36

    defaultConfig {
        applicationId = "dev.writemagic.sample"
        minSdk = 24
        targetSdk = 36
        versionCode = 1
        versionName = "1"
        testInstrumentationRunner = "dev.writemagic.sample.SmokeTest"
    }

    // What is tested is what would ship: shrunken.
    testBuildType = "release"
    buildTypes {
        release {
            isMinifyEnabled = true
            signingConfig = signingConfigs.getByName("debug")
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "sample.pro")
            testProguardFiles("smoke-test.pro")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

dependencies {
    implementation("dev.writemagic:writemagic-android:0.1.0")
}
