extension Runs {
    /// Asks models: the first of `terms` that can be asked now, and those behind it where it fails.
    ///
    /// Throws ``WriteMagicError`` of the category `assistantFailed` where a run cannot begin.
    public func start(_ request: ModelRequest, terms: RunTerms) async throws -> RunHandle {
        try await Engine.run { try self.rawStart(request, terms) }
    }

    /// Goes on with a run that broke off, from what it had said.
    ///
    /// Throws ``WriteMagicError`` of the category `assistantFailed` where it cannot be gone on with.
    public func goOn(_ run: RunID, terms: RunTerms) async throws -> RunHandle {
        try await Engine.run { try self.rawGoOn(run, terms) }
    }
}
