"""What leaves this installation over the network, and how it is held to what was allowed."""
