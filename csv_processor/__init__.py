"""What programs import of CSV Processor: `csv_processor.client`.

The packages of the service itself are beside this one, and may change with every version.
"""
