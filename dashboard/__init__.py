"""What was recorded, as pages and as one HTML file. Imports record, analyse, model and observe's queries."""
