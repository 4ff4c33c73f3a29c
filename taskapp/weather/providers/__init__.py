"""Those who know the weather: one module each, with one function `observe`."""
