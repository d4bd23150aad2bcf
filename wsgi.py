from coopevents import create_app

app = create_app()
