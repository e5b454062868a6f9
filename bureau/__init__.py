"""The reference bureau: the other side of the API as a real service, for trying, training and testing the client."""
