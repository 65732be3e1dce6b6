"""The camera board without a screen: all cameras of one moment, how well they agree, and over time."""
