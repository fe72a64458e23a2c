console.log("demo")
import './demo.css';
