"""Groups lasting findings into incidents and sends notifications of them."""
