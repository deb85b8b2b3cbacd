document.title="Mediascream"

