"""Decision models: DMN 1.1 to 1.5, all hit policies and boxed expressions.

``read_model(path).evaluate("name or id", inputs)`` gives the value of a decision, ``explain`` also why.
"""

from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.errors import DmnError, DmnFileError
from inburgering_flow.dmn.explain import DecisionExplanation
from inburgering_flow.dmn.graph import Decision, DecisionService, InputData, KnowledgeModel
from inburgering_flow.dmn.reader import parse_model, read_model

__all__ = [
    "Decision",
    "DecisionExplanation",
    "DecisionService",
    "DmnError",
    "DmnFileError",
    "InputData",
    "KnowledgeModel",
    "Model",
    "parse_model",
    "read_model",
]
