"""inburgering-flow: the BPMN workflow platform for the Wet inburgering 2021."""
