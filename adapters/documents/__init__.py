"""YAML that strangers wrote, taken apart into plain values that know their lines, within limits."""
