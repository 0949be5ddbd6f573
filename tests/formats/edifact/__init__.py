"""UN/EDIFACT: reader, validation, writer, answers."""
