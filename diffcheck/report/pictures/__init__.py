"""The pictures of reports: drawn with matplotlib from the records of ``diffcheck.illustrations``, told as SVG.

``gallery`` lists them, ``svg`` makes files and parts of pages of them, ``palette`` holds their colours.
"""
