"""The page: HTML, style sheets, script modules and messages, served as they lie here, with no build step."""
