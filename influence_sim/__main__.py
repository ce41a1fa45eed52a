"""`python -m influence_sim`, the same as `influence-sim`."""

from influence_sim.cli.main import main

if __name__ == "__main__":
    main()
