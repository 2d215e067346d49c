//! The break tests of Unicode and the random ones of ICU, through every way to find a boundary.
