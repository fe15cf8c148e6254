"""What designers try and prove their models with: a sandbox, scenarios, coverage, mutants, and real cases played again."""
