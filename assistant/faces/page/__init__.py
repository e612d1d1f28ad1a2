"""The page: HTML, style sheets, script modules and messages, served as they are, with no build step."""
