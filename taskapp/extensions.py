"""The extensions, bare. `create_app` ties them to an application."""

from flask_bootstrap import Bootstrap5
from flask_jwt_extended import JWTManager
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from taskapp.core.models import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
jwt = JWTManager()
login_manager = LoginManager()
csrf = CSRFProtect()
bootstrap = Bootstrap5()
