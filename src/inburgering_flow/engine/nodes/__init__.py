"""One file per element family: Spiff task specs whose hooks move tokens and speak to the run."""
