"""What tests share: services, stacks, clients, oracles and generated files. No tests here."""
