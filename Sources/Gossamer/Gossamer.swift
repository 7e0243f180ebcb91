// Gossamer
