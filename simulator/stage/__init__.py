"""Scenarios on stage: `language` is what a scenario file may say, `files` reads it, `casting` finds the cards, `composing`
writes the messages, `player` plays them, `judging` compares, `books` reads the issuer's balances, `results` is what came of it.

The scenarios themselves are `simulator/scenarios/*.toml`; docs/scenarios.md teaches the language.
"""
