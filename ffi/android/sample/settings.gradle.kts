pluginManagement {
    repositories {
        google()
        mavenCentral()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
        // What `cargo xtask android` has packed.
        exclusiveContent {
            forRepository {
                maven(url = providers.gradleProperty("writemagic.repository").getOrElse("../../../target/android/maven"))
            }
            filter { includeGroup("dev.writemagic") }
        }
    }
}

rootProject.name = "sample"
