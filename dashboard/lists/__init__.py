"""The lists, each declared once: its filters, orders, columns and fields serve the page, the CSV and the API.

filters     what a query string may say, and what it means (django-filter)
orders      by what rows are sorted, and the position of a row in an order
selection   how the rows of a query string are found fast, counted and paged
tables      columns of the page and the fast path of their bodies (django-tables2)
fields      columns of the CSV and keys of the API, as expressions of the database
listing     a list: all of it together
views       page, CSV and API of any list
"""
